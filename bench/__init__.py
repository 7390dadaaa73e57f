"""Speed, as ratios to bounds measured in the same run (`make bench`). Never a timed test."""
