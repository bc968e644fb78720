"""AUTOMATIC1111, Forge and SD.Next: `client`, `errors`, `env`. Imports the contract, the local servers and outbound."""
