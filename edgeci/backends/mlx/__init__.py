"""Apple MLX: language models by mlx-lm."""
