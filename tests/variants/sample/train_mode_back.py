def sample(model, shape):
    was_training = model.training
    model.train(False)
    try:
        picture = torch.normal(0.0, 1.0, size=shape)
        time = TIMESTEPS
        while time > 0:
            time -= 1
            picture = p_sample(model, picture, time)
    finally:
        model.train(was_training)
    return picture
