def i_start_of(strength, timesteps):
    num_inference_steps = len(timesteps) - 1
    init_timestep = min(int(num_inference_steps * strength), num_inference_steps)
    return max(num_inference_steps - init_timestep, 0)
