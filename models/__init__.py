"""A trained model as it is used: what a bundle is, and how it is applied. No learner."""
