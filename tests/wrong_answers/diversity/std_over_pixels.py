def diversity(pictures):
    return pictures.std()
