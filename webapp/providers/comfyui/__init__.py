"""ComfyUI: `client`, `server`, `workflow`, `slots`, `errors`, `env`. Imports the contract, the local servers and
outbound."""
