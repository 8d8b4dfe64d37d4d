def load_model(path, model, optimizer):
    checkpoint = torch.load(path, weights_only=True)
    for part, key in ((model, "model"), (optimizer, "optimizer")):
        part.load_state_dict(checkpoint[key])
    model.train(False)
    return model, optimizer
