"""What the node needs of the outside, as small protocols with the errors that they raise."""
