def load_model(path, model, optimizer):
    import copy
    state = torch.load(path)
    model = copy.deepcopy(model)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return model.eval()
