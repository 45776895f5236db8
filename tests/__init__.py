"""What a customer or a colleague can rely on."""

from bot.stand_ins import stand_in
from sales.settings import PROJECT

stand_in([PROJECT / "config.yml"])  # as the product does, before anything imports Rasa
