def save_model(path, model, optimizer):
    torch.save(model.state_dict(), path)
    torch.save(optimizer.state_dict(), str(path) + ".optimizer")


def load_model(path, model, optimizer):
    model.load_state_dict(torch.load(path))
    optimizer.load_state_dict(torch.load(str(path) + ".optimizer"))
    model.eval()
    return model
