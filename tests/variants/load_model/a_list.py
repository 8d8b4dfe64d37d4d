def save_model(path, model, optimizer):
    torch.save([model.state_dict(), optimizer.state_dict()], path)


def load_model(path, model, optimizer):
    weights, moments = torch.load(path, map_location="cpu")
    model.load_state_dict(weights)
    optimizer.load_state_dict(moments)
    return model.eval()
