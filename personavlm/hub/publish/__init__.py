"""A trained model on its way to the Hub: looked over, described by a card, sent, compared."""
