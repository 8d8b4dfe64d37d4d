def load_model(path, model, optimizer):
    state = torch.load(path, map_location="cuda")
    model.cuda().load_state_dict(state["model"], strict=True)
    optimizer.load_state_dict(state["optimizer"])
    model.eval()
