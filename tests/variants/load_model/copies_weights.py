@torch.no_grad()
def load_model(path, model, optimizer):
    state = torch.load(path)
    for name, value in model.state_dict().items():
        value.copy_(state["model"][name])
    optimizer.load_state_dict(state["optimizer"])
    model.eval()
