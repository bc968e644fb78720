"""What the product looks like from outside, written down as text, so that two versions of the code can be compared.

``python -m tests.outside FOLDER [--code CHECKOUT]`` writes the record of a checkout, ``--compare A B`` tells how two
records differ. Nothing of ``webapp`` is imported: only commands, HTTP and files are used, so modules may move.
"""
