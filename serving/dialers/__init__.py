"""Other dialers: VICIdial, fed and heard through its own interfaces, and signed webhooks for the rest."""
