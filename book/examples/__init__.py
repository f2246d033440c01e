"""The examples that readers download, and what they printed when they were recorded.

A plain package: the Sphinx extension, the tools and the tests all use it, so they cannot
disagree. It imports the standard library only.

- ``scripts``: where the scripts are, and what each says about itself
- ``recording``: recorded output, and how another run is compared with it
"""
