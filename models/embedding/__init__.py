"""What turns text into vectors: the embedders, the process they work in, and the shelf that finds one by its name."""
