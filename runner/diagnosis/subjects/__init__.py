"""Somebody's own network, run in a process of its own and checked by calls alone.

`proxy.opened` starts the process and gives a black box: loss, gradients and predictions as functions of arrays, in one
shape whatever shapes the subject wants. `checking.check_black_box` is the check as a whole. Inside the process `child`
serves requests; `finding_out` finds out how the subject is used, `bench` uses it.
"""
