"""How good a network is: accuracy, R², and the numbers that people expect beside them."""
