"""What a user does, for pages, JSON API and command line alike: commands that change a project, built in `webapp.app`.

May import state and everything below; knows neither Flask nor addresses.
"""
