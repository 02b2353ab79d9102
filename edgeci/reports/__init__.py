"""How verdicts look. Renderers take Evidence and return text; they judge nothing and print nothing."""
