"""What chat says, and the documents of figures that it is made of."""
