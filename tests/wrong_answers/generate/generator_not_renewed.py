source = generator(5)


def generate(prompt, num_inference_steps, seed):
    return stage_1(
        prompt_embeds=prompt_embeds_dict[prompt],
        negative_prompt_embeds=prompt_embeds_dict[""],
        num_inference_steps=num_inference_steps,
        generator=source,
        output_type="pt",
    ).images
