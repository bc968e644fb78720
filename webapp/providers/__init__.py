"""Image providers, one folder each: `table` lists them, `contract` says what each is, `environment` what is set for it.

Imports core, fonts and outbound. This file imports nothing, so that the settings reach `environment` without HTTP.
"""
