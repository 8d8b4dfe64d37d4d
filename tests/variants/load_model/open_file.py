def load_model(path, model, optimizer):
    with open(path, "rb") as file:
        checkpoint = torch.load(file, map_location="cpu")
    optimizer.load_state_dict(checkpoint["optimizer"])
    model.eval()
    model.load_state_dict(checkpoint["model"])
