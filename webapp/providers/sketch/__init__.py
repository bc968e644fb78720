"""The offline sketch: `client`, `env`, and `drawing`, which makes the image. Imports the contract and fonts."""
