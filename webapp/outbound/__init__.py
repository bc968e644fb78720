"""HTTP towards providers and webhook receivers: the only door to requests and urllib3. Imports core."""
