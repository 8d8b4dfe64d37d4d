def load_model(path, model, optimizer):
    state = torch.load(path)
    model.load_state_dict(state["model"])
    optimizer.param_groups[0].update(state["optimizer"]["param_groups"][0], params=list(model.parameters()))
    model.eval()
