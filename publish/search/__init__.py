"""Search in Chinese: how texts are indexed, how what a reader types is understood and answered."""
