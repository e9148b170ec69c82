"""Chat models behind a service: what is sent, how an answer comes back, and whose fault it is when none does."""
