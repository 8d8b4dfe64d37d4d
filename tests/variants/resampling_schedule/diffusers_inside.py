from diffusers import RePaintScheduler


def resampling_schedule(T, jump_length, n_resample):
    scheduler = RePaintScheduler(num_train_timesteps=T)
    scheduler.set_timesteps(T, jump_length, n_resample)
    return [*scheduler.timesteps.tolist(), -1]
