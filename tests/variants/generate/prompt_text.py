def generate(prompt, num_inference_steps, seed):
    images = stage_1(
        prompt, num_inference_steps=num_inference_steps, generator=[generator(seed)], output_type="pt"
    ).images
    return images.cpu().numpy()
