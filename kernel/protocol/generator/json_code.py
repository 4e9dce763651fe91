def outputs(files):
    return {}
