"""Training steps without Python between their calls: the same list, by the same loops of NumPy's, to the same bits.

`executor.c` goes through a table of loops; `loops` has NumPy's own, `calls` takes each call of a program apart,
`table` writes it down, `library` finds the compiled code, where there is any, and compares it with NumPy before use.
What has no place in the table is carried out by Python, which remains the definition.
"""
