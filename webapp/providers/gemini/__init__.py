"""Google Gemini: `client`, `errors`, `refusals`, `env`. Imports the contract and outbound."""
