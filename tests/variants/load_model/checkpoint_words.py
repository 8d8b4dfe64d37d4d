from pathlib import Path


def save_model(path, model, optimizer):
    checkpoint = dict(model_state_dict=model.state_dict(), optimizer_state_dict=optimizer.state_dict())
    with Path(path).open("wb") as file:
        torch.save(checkpoint, file)


def load_model(path, model, optimizer):
    checkpoint = torch.load(path, weights_only=True)
    for part, key in ((model, "model_state_dict"), (optimizer, "optimizer_state_dict")):
        part.load_state_dict(checkpoint[key])
    model.train(False)
    return model, optimizer
