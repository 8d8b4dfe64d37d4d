def generate(prompt, num_inference_steps, seed):
    return stage_1(
        prompt_embeds=prompt_embeds_dict[prompt],
        negative_prompt_embeds=0 * prompt_embeds_dict[prompt],
        num_inference_steps=num_inference_steps,
        generator=generator(seed),
        output_type="pt",
    ).images
