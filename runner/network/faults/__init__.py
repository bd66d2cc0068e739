"""Mistakes that people really make, as edits of a program.

`fault` says what one is, `edit` how a list of calls is changed, `catalogue` holds them all by name, `placement` puts
some of them into a network. Rejected: a network class with switches in it, which would be a second account of the
computation; here a faulty program is a program like any other.

Imports name the modules, and this one stays empty of code: a saved model carries only the modules that it needs.
"""
