"""What verbs share: the project and its law, the private model, the items, candidates and what was stored of them."""
