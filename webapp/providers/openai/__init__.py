"""OpenAI and servers that speak its API: `client`, `errors`, `env`. Imports the contract and outbound."""
