def clip_loss(x_0, target, embed, cutouts):
    cuts = cutouts(x_0)
    rows = embed(cuts).chunk(len(cuts) // len(x_0))
    return sum(great_circle(row, target) for row in rows) / len(rows)
