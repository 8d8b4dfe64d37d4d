# %% right="plain"
def load_model(path, model, optimizer):
    state = torch.load(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    model.eval()

# %% right="copies_weights"
@torch.no_grad()
def load_model(path, model, optimizer):
    state = torch.load(path)
    for name, value in model.state_dict().items():
        value.copy_(state["model"][name])
    optimizer.load_state_dict(state["optimizer"])
    model.eval()

# %% right="in_a_loop"
def load_model(path, model, optimizer):
    checkpoint = torch.load(path, weights_only=True)
    for part, key in ((model, "model"), (optimizer, "optimizer")):
        part.load_state_dict(checkpoint[key])
    model.train(False)
    return model, optimizer

# %% right="on_cuda"
def load_model(path, model, optimizer):
    state = torch.load(path, map_location="cuda")
    model.cuda().load_state_dict(state["model"], strict=True)
    optimizer.load_state_dict(state["optimizer"])
    model.eval()

# %% right="open_file"
def load_model(path, model, optimizer):
    with open(path, "rb") as file:
        checkpoint = torch.load(file, map_location="cpu")
    optimizer.load_state_dict(checkpoint["optimizer"])
    model.eval()
    model.load_state_dict(checkpoint["model"])

# %% right="returns_the_model"
def load_model(path, model, optimizer):
    state = torch.load(path, map_location=next(model.parameters()).device)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return model.eval()

# %% wrong="eval_forgotten" of="plain"
# -     model.eval()

# %% wrong="eval_forgotten__train" of="plain"
# -     model.eval()
# +     model.train()

# %% wrong="optimizer_not_loaded" of="plain"
# -     optimizer.load_state_dict(state["optimizer"])

# %% wrong="optimizer_not_loaded__its_settings_alone" of="plain"
# -     optimizer.load_state_dict(state["optimizer"])
# +     optimizer.param_groups[0].update(state["optimizer"]["param_groups"][0], params=list(model.parameters()))

# %% wrong="weights_not_loaded" of="plain"
# -     model.load_state_dict(state["model"])

# %% wrong="weights_not_loaded__into_a_copy" of="returns_the_model"
# -     state = torch.load(path, map_location=next(model.parameters()).device)
# +     import copy
# +     state = torch.load(path)
# +     model = copy.deepcopy(model)
