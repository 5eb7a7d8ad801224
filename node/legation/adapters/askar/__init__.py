"""The encrypted store on Aries Askar: the only room that knows it, and the only one that may touch a wallet's file."""
