"""Microsoft Olive: its passes, and what became of them."""
