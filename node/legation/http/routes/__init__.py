"""The routes, one module per noun; which of them there are, and who may call them, says ``access``."""
