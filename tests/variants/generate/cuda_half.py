def generate(prompt, num_inference_steps, seed):
    source = torch.Generator(device="cuda").manual_seed(seed)
    return stage_1(
        prompt_embeds=prompt_embeds_dict[prompt].half().cuda(),
        negative_prompt_embeds=prompt_embeds_dict[""].half().cuda(),
        num_inference_steps=num_inference_steps,
        generator=source,
        output_type="pt",
    ).images
