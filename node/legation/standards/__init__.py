"""What others specified, one room per specification; pure."""
