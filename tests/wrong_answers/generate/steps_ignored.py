def generate(prompt, num_inference_steps, seed):
    return stage_1(
        prompt_embeds=prompt_embeds_dict[prompt],
        negative_prompt_embeds=prompt_embeds_dict[""],
        num_inference_steps=20,
        generator=generator(seed),
        output_type="pt",
    ).images
