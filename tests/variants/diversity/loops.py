def diversity(pictures):
    distances = []
    for i in range(len(pictures)):
        for j in range(i):
            distances.append((pictures[i] - pictures[j]).square().mean().sqrt())
    return sum(distances) / len(distances)
