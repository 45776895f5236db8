"""How the assistant understands a message: Rasa components and the plain code beneath them."""
