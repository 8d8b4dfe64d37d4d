def save_model(path, model, optimizer):
    torch.save(model.state_dict(), path)


def load_model(path, model, optimizer):
    model.load_state_dict(torch.load(path))
    model.eval()
