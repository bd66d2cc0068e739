"""Somebody's own network, loaded from its file and called in a process of its own.

`process.proxy.opened` starts the process and gives `proxy.Subject`: loss, gradients and predictions as functions of
arrays, in one shape whatever shapes the subject wants. `calling` finds out how the subject is used, and uses it. That
it is recorded line by line stands in `runner.recording`.
"""
