"""Figures of a ranking."""
import numpy as np


def auc(scores, truth):
    """Area under the ROC curve, ties counted half."""
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.r_[True, ranked[1:] != ranked[:-1]]
    group = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    last = np.r_[first[1:], len(ranked)] - 1
    ranks = np.empty(len(scores))
    ranks[order] = ((first + last) / 2 + 1)[group]
    positives = truth.sum()
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def recall_at(scores, truth, share):
    """Recall where at most `share` of what is benign lies above the threshold."""
    return float((scores[truth] > np.quantile(scores[~truth], 1 - share)).mean())
